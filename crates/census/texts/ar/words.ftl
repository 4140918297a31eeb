### كلمات مشتركة بين أجزاء التقرير.

words-accounts = { $n ->
    [zero] لا حسابات
    [one] حساب واحد
    [two] حسابان
    [few] { $n } حسابات
    [many] { $n } حسابًا
   *[other] { $n } حساب
}
words-pair = { $first } و{ $second }
words-range = { $low }–{ $high }
words-figure = { $value } ({ $range })
words-interval = فاصل الثقة { $level }: { $range }
words-fewer-than = أقل من { $n }
words-all = الكل
words-and-more = وأكثر
words-semicolon = ؛
words-colon = :
words-comma = ،
