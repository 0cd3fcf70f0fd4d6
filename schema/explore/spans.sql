create table x_{name} as {view}
