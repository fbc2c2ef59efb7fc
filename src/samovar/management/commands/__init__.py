"""manage.py runserver and manage.py samovar."""
