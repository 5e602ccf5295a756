"""python -m rag --batch: a file of questions → a file of answers, one JSON object a line.

row.py      one question, and what is wrong with it
reading.py  a .jsonl file → rows; table.py a .csv or .tsv file
asking.py   a row → the object that answers it, or says why there is no answer
header.py   what makes the answers: only where all of it is the same does a batch go on
journal.py  the answers of a batch that is not finished, and how they become the file
command.py  the command
"""
