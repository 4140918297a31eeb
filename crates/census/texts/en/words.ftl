### Words that several parts of a report share.

words-accounts = { $n ->
    [one] { $n } account
   *[other] { $n } accounts
}
words-pair = { $first } and { $second }
# A range of numbers, set left to right as a whole.
words-range = { $low } to { $high }
