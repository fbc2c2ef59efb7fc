"""The keys by which a request may be sent again."""

import django.db.models.deletion
import samovar.clock
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('samovar', '0001_ledger'),
    ]

    operations = [
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('caller', models.CharField(max_length=255)),
                ('key', models.CharField(max_length=255)),
                ('fingerprint', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(db_index=True, default=samovar.clock.now)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='samovar.run')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('caller', 'key'), name='samovar_idempotency_key')],
            },
        ),
    ]
