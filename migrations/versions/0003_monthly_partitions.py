"""Monthly partitions of call records, and the function that makes them ahead.

The function runs as the owner, since only an owner may create a partition; it takes no
names from its caller. No role has rights on a partition itself: row-level security is
the parent's, and a partition queried by name would escape it.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MAKE = """
CREATE FUNCTION cellhub_make_partitions(months_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    parent text;
    first_day date;
    made integer := 0;
    partition text;
BEGIN
    IF months_ahead NOT BETWEEN 0 AND 24 THEN
        RAISE EXCEPTION 'months_ahead must be 0 to 24, not %', months_ahead;
    END IF;
    PERFORM pg_advisory_xact_lock(7225002);
    FOREACH parent IN ARRAY ARRAY['cdr', 'attempt'] LOOP
        FOR step IN -1..months_ahead LOOP
            first_day := date_trunc('month', timezone('UTC', now()))::date + make_interval(months => step);
            partition := parent || '_' || to_char(first_day, 'YYYY_MM');
            CONTINUE WHEN to_regclass(partition) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', partition, parent,
                first_day || ' 00:00+00', (first_day + interval '1 month')::date || ' 00:00+00');
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END $$
"""


def upgrade() -> None:
    op.execute(MAKE)
    op.execute("REVOKE ALL ON FUNCTION cellhub_make_partitions(integer) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION cellhub_make_partitions(integer) TO cellhub_platform")
    op.execute("SELECT cellhub_make_partitions(3)")


def downgrade() -> None:
    op.execute("DROP FUNCTION cellhub_make_partitions(integer)")
