"""What plugin authors and our own tests share: the scenarios of a telephone day and how records are held against them.

Shipped with the product, used by nothing in it: no feature imports from here.
"""
