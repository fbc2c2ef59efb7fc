"""The sides of one attempt: template, keeper, runner, supervisor; knows no Celery."""
