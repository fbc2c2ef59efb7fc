"""The chat's pages; what they change is in chat/rooms.py."""
