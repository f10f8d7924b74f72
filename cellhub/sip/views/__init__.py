"""The pages of SIP users: the list, one SIP user, and what is done to one."""
