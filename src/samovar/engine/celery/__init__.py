"""The engine that is used: Celery."""

from samovar.engine.celery.carrier import CeleryEngine

engine = CeleryEngine()

__all__ = ["engine"]
