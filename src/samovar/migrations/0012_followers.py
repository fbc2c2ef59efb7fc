"""What else a run may follow, and the order of a group's results."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('samovar', '0011_counters'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='group',
            name='parts',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='follows_failure',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='run',
            name='follows_group',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='samovar.group'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('follows_group__isnull', False)), fields=['follows_group'], name='samovar_run_follows_group'),
        ),
    ]
