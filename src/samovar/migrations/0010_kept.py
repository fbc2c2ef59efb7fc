"""Runs that stay, however old they get."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('samovar', '0009_group'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='is_kept',
            field=models.BooleanField(default=False, verbose_name='kept'),
        ),
    ]
