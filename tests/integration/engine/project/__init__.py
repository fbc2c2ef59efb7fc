"""The demo site with a user of Celery in it, who listens to signals."""
