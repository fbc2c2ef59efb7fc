"""The ledger: runs, attempts, log chunks, workers, queues and the leader."""

import django.db.models.deletion
import samovar.clock
import samovar.models.fields
from django.conf import settings
from django.db import migrations, models


def store_as_it_is(apps, schema_editor):
    """Keep PostgreSQL from compressing again what is compressed already."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE samovar_chunk ALTER COLUMN body SET STORAGE EXTERNAL")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Leader',
            fields=[
                ('name', models.CharField(max_length=16, primary_key=True, serialize=False)),
                ('worker_id', models.UUIDField()),
                ('until', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Queue',
            fields=[
                ('name', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='name')),
                ('paused_at', models.DateTimeField(null=True, verbose_name='paused')),
            ],
            options={
                'verbose_name': 'queue',
                'verbose_name_plural': 'queues',
            },
        ),
        migrations.CreateModel(
            name='Worker',
            fields=[
                ('id', samovar.models.fields.IdField(default=samovar.models.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('host', models.CharField(max_length=255, verbose_name='host')),
                ('host_key', models.CharField(max_length=255)),
                ('pid', models.IntegerField()),
                ('slots', models.IntegerField(verbose_name='slots')),
                ('queues', models.JSONField(default=list, verbose_name='queues')),
                ('version', models.CharField(default='', max_length=32)),
                ('is_embedded', models.BooleanField(default=False)),
                ('is_stopping', models.BooleanField(default=False)),
                ('started_at', models.DateTimeField(default=samovar.clock.now, verbose_name='started')),
                ('seen_at', models.DateTimeField(default=samovar.clock.now, verbose_name='seen')),
            ],
            options={
                'verbose_name': 'worker',
                'verbose_name_plural': 'workers',
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', samovar.models.fields.IdField(default=samovar.models.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('job', models.CharField(max_length=64, verbose_name='job')),
                ('state', models.CharField(choices=[('scheduled', 'scheduled'), ('queued', 'queued'), ('running', 'running'), ('cancelling', 'cancelling'), ('succeeded', 'succeeded'), ('failed', 'failed'), ('cancelled', 'cancelled')], max_length=10, verbose_name='state')),
                ('params', models.JSONField(default=dict, verbose_name='params')),
                ('result', models.JSONField(null=True, verbose_name='result')),
                ('error', models.JSONField(null=True, verbose_name='error')),
                ('traceback', models.TextField(default='')),
                ('source', models.CharField(choices=[('code', 'code'), ('web', 'site'), ('api', 'API'), ('command', 'command')], default='code', max_length=8)),
                ('queue', models.CharField(default='default', max_length=64, verbose_name='queue')),
                ('priority', models.SmallIntegerField(default=0, verbose_name='priority')),
                ('after', models.CharField(default='run', max_length=4)),
                ('created_at', models.DateTimeField(default=samovar.clock.now, verbose_name='created')),
                ('available_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('started_at', models.DateTimeField(null=True, verbose_name='started')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                ('cancel_requested_at', models.DateTimeField(null=True)),
                ('attempt', models.IntegerField(default=0, verbose_name='attempt')),
                ('max_attempts', models.SmallIntegerField(default=1)),
                ('failures', models.IntegerField(default=0)),
                ('losses', models.IntegerField(default=0)),
                ('crashes', models.SmallIntegerField(default=3)),
                ('token', models.UUIDField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
                ('dispatched_at', models.DateTimeField(null=True)),
                ('attempt_started_at', models.DateTimeField(null=True)),
                ('progress_done', models.FloatField(null=True)),
                ('progress_total', models.FloatField(null=True)),
                ('progress_percent', models.FloatField(null=True)),
                ('progress_text', models.CharField(default='', max_length=200)),
                ('log_lines', models.BigIntegerField(default=0)),
                ('checkpoint', models.JSONField(null=True)),
                ('version', models.BigIntegerField(default=0)),
                ('again_of', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='samovar.run')),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('worker', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='runs', to='samovar.worker')),
            ],
            options={
                'verbose_name': 'run',
                'verbose_name_plural': 'runs',
            },
        ),
        migrations.CreateModel(
            name='Chunk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attempt', models.IntegerField()),
                ('first', models.BigIntegerField()),
                ('count', models.IntegerField()),
                ('index', models.JSONField()),
                ('body', models.BinaryField()),
                ('is_packed', models.BooleanField(default=False)),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='chunks', to='samovar.run')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('run', 'first'), name='samovar_chunk_first')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('state', models.CharField(choices=[('running', 'running'), ('succeeded', 'succeeded'), ('failed', 'failed'), ('cancelled', 'cancelled'), ('timed_out', 'timed out'), ('lost', 'lost'), ('released', 'handed back')], default='running', max_length=9)),
                ('token', models.UUIDField(unique=True)),
                ('worker_id', models.UUIDField()),
                ('worker', models.CharField(max_length=255)),
                ('host', models.CharField(max_length=255)),
                ('pid', models.IntegerField(null=True)),
                ('brand', models.BigIntegerField(null=True)),
                ('reason', models.TextField(default='')),
                ('error_type', models.CharField(default='', max_length=200)),
                ('error_message', models.TextField(default='')),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='samovar.run')),
            ],
            options={
                'verbose_name': 'attempt',
                'verbose_name_plural': 'attempts',
                'constraints': [models.UniqueConstraint(fields=('run', 'number'), name='samovar_attempt_number')],
            },
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(models.F('queue'), models.OrderBy(models.F('priority'), descending=True), models.F('created_at'), models.F('id'), condition=models.Q(('state', 'queued')), name='samovar_run_line'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('state__in', ['running', 'cancelling'])), fields=['lease_until'], name='samovar_run_lease'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('state', 'scheduled')), fields=['available_at'], name='samovar_run_due'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('expires_at__isnull', False), ('state', 'queued')), fields=['expires_at'], name='samovar_run_expiry'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('owner__isnull', False)), fields=['owner', '-created_at', '-id'], name='samovar_run_owner'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('again_of__isnull', False)), fields=['again_of'], name='samovar_run_again'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['-created_at', '-id'], name='samovar_run_newest'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['job', '-created_at', '-id'], name='samovar_run_job'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['state', '-created_at', '-id'], name='samovar_run_state'),
        ),
        migrations.RunPython(store_as_it_is, migrations.RunPython.noop),
    ]
