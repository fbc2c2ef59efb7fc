"""Groups of runs, and runs that follow another."""


import django.db.models.deletion
import samovar.clock
import samovar.models.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('samovar', '0008_limits'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='follows',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='samovar.run'),
        ),
        migrations.AddField(
            model_name='run',
            name='is_followed',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='run',
            name='takes',
            field=models.CharField(default='', max_length=64),
        ),
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', samovar.models.fields.IdField(default=samovar.models.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('job', models.CharField(max_length=64, verbose_name='job')),
                ('created_at', models.DateTimeField(default=samovar.clock.now, verbose_name='created')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                ('size', models.IntegerField()),
                ('again_of', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='samovar.group')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'group',
                'verbose_name_plural': 'groups',
            },
        ),
        migrations.AddField(
            model_name='run',
            name='group',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='samovar.group'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('follows__isnull', False)), fields=['follows'], name='samovar_run_follows'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('group__isnull', False)), fields=['group', 'state'], name='samovar_run_group_state'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('group__isnull', False)), fields=['group', '-created_at', '-id'], name='samovar_run_group'),
        ),
        migrations.AddIndex(
            model_name='group',
            index=models.Index(condition=models.Q(('finished_at__isnull', True)), fields=['id'], name='samovar_group_open'),
        ),
    ]
