# Words on charts, and how to read each of them.

chart-members = members
chart-control = accounts of the frame that are no members
