"""Counts that outlive runs, for `/metrics`."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('samovar', '0010_kept'),
    ]

    operations = [
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=16)),
                ('job', models.CharField(default='', max_length=64)),
                ('label', models.CharField(default='', max_length=16)),
                ('value', models.FloatField(default=0.0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('name', 'job', 'label'), name='samovar_counter_key')],
            },
        ),
    ]
