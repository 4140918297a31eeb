### The portrait: how members are tied, and which of them are gone; rows and remarks of all sections.

portrait-status = Which members are gone?
    .note = Members that were not active when they were last looked for, of those who were looked for.

row-median = median
row-mean = mean
row-tenth = 10 % quantile
row-ninetieth = 90 % quantile

remark-nothing = The data has nothing about it.
remark-too-few = Too few members are known for figures to be published.
remark-smaller = { $n ->
    [one] { $n } smaller one is not shown.
   *[other] { $n } smaller ones are not shown.
}
remark-full = There were more of them than are counted, so shares can be too low.
