"""Are the metrics right? Answers that are good or bad in known ways, and what each must score.

A good answer is made of the gold evidence of a question; a defect then spoils it in one way. Every
metric that the defect is about must move, in the right direction, and no other may. Answers
written by hand have their exact values beside them.
"""
