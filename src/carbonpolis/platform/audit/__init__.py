"""Does the journal hold, and how does one prove it elsewhere?"""
