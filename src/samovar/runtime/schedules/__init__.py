"""What is done with schedules: let them tick, start one now, take over what the code declares."""
