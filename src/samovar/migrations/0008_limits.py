"""What the limits of a job count its runs by, and which of them they have let in."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('samovar', '0007_unique_key'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='run',
            name='samovar_run_line',
        ),
        migrations.AddField(
            model_name='run',
            name='is_admitted',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name='run',
            name='limit_key',
            field=models.CharField(max_length=161, null=True),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(models.F('queue'), models.OrderBy(models.F('priority'), descending=True), models.F('created_at'), models.F('id'), condition=models.Q(('is_admitted', True), ('state', 'queued')), name='samovar_run_ready'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(models.F('job'), models.F('limit_key'), models.OrderBy(models.F('priority'), descending=True), models.F('created_at'), models.F('id'), condition=models.Q(('is_admitted', False), ('state', 'queued')), name='samovar_run_held_back'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('is_admitted', True), ('limit_key__isnull', False), ('state__in', ['queued', 'running', 'cancelling'])), fields=['job', 'limit_key'], name='samovar_run_admitted'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('attempt_started_at__isnull', False), ('limit_key__isnull', False)), fields=['job', 'attempt_started_at'], name='samovar_run_pace'),
        ),
    ]
