"""Every point at which a worker can die, visited one by one."""
