"""Typed function → Job; no ORM, no Celery."""
