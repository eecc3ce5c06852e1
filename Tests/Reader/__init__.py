"""A reader of Lethe's repository format, written from the article RepositoryFormat alone.

It shares no code with the agent: what it opens proves that the article says enough.
"""
