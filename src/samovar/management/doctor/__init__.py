"""The doctor: looks at each part of an installation, and says what to do about what is wrong."""
