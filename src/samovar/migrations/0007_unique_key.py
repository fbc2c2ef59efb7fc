"""The key of a unique job's run: no two that have not ended share one."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('samovar', '0006_run_trail'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='unique_key',
            field=models.CharField(max_length=160, null=True),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['scheduled', 'queued', 'running', 'cancelling']), ('unique_key__isnull', False)), fields=('job', 'unique_key'), name='samovar_run_unique'),
        ),
    ]
