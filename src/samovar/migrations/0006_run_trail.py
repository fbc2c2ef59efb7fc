"""Where a run's resumable loops stand."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('samovar', '0005_worker_jobs'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='trail',
            field=models.JSONField(null=True),
        ),
    ]
