### The portrait: what members post, how much, and with what.

portrait-activity = How much do members post?
    .note = Posts over an account's life as its profile counts them, and that number divided by the days from its creation to when the profile was seen; a few very active accounts pull the means up.
portrait-activity-median-posts = median posts
portrait-activity-mean-posts = mean posts
portrait-activity-median-posts-a-day = median posts a day
portrait-activity-mean-posts-a-day = mean posts a day
portrait-hyperactive = How many members post without pause?
    .note = Members with more than 50 posts a day on average over the account's life; bursts within a quieter life do not show.
portrait-hyperactive-over-50 = more than 50 a day
portrait-hashtags = Which hashtags do members use?
    .note = Members who used the hashtag at least once in their collected posts, of those with any; only recent posts are collected, and hashtags that are also what an account is called are left out.
portrait-links = Which web sites do members link to?
    .note = Members who linked to the site at least once in their collected posts, of those with any; shortened links count for the shortener, and sites that are also what an account is called are left out.
portrait-clients = From which client do members post?
    .note = The client that most of an account's collected posts came from, as the network names it.
