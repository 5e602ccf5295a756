"""Does the verdict on a sentence notice what is wrong with it, and leave alone what is right?"""
