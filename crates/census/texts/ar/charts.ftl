# Words on charts, and how to read each of them.

chart-members = الأعضاء
chart-control = حسابات في الإطار ليست من الأعضاء
