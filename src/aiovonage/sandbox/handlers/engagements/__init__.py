"""Messaging engagements: identities, engagements and their numbers."""
