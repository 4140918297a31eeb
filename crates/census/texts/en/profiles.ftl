### The portrait: what profiles say. A section's title, and what a reader should know about it.

portrait-languages = In which language do members write?
    .note = The language of most of an account's collected posts, else of its description, else the one its profile declares; told from the text where a post does not declare it, which goes wrong for some short texts.
portrait-created = When were members' accounts created?
    .note = The year, in UTC, as the profile states it; accounts that were removed before the data was collected are not among them, so early years look smaller than they were.
portrait-followers = How many followers do members have?
    .note = As the profile counts them, from inside and outside the group; accounts over the frame's limit are not in it.
portrait-following = How many accounts do members follow?
    .note = As the profile counts them, inside and outside the group; accounts over the frame's limit are not in it.
