create table "{table}" (
    {declared}
);
\copy "{table}" from '{file}' with (format csv, delimiter E'\t', null '', header {header}, encoding 'UTF8')
