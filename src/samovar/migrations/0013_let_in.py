"""An index that both databases use to count what has been let in."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('samovar', '0012_followers'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='run',
            name='samovar_run_admitted',
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('finished_at__isnull', True), ('is_admitted', True), ('limit_key__isnull', False)), fields=['job', 'limit_key'], name='samovar_run_let_in'),
        ),
    ]
