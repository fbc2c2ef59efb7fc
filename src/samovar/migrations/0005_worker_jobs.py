"""Which jobs a worker knows: a run that waits for another one says so."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('samovar', '0004_schedules'),
    ]

    operations = [
        migrations.AddField(
            model_name='worker',
            name='jobs',
            field=models.JSONField(default=list, verbose_name='jobs'),
        ),
    ]
