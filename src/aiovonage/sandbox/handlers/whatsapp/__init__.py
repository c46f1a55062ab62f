"""WhatsApp: business accounts, numbers, analytics and subscriptions."""
