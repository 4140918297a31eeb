### Words that several parts of a report share.

words-accounts = { $n ->
    [one] { $n } account
   *[other] { $n } accounts
}
words-pair = { $first } and { $second }
# A range of numbers, set left to right as a whole.
words-range = { $low } to { $high }
words-figure = { $value } ({ $range })
words-interval = { $level } interval { $range }
words-fewer-than = fewer than { $n }
words-all = All
words-and-more = and more
words-semicolon = ;
words-colon = :
words-comma = ,
