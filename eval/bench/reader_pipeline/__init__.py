"""Does the bundled reader answer better, and cite better, from search to the finished answer?"""
