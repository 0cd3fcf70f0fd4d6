create table "{table}" (
    {declared}
);
.import --skip {skip} {file} {table}
update "{table}" set
    {restored};
