"""The pages of users: the list, one user, and what is done to one."""
