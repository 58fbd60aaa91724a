-- The schema of the PostgreSQL peer: who owns an identifier, one JSONB document for each profile,
-- and the interactions.
--
-- Order of locks in `resolve_and_merge`, the same in every transaction, so that none can wait in a
-- circle: profiles by id, then identifiers by text, then interactions by message id.

CREATE TABLE profiles (
    profile_id bigint PRIMARY KEY,
    data jsonb NOT NULL
) WITH (fillfactor = 70); -- room for new versions of a row on its own page

CREATE TABLE identifiers (
    identifier text PRIMARY KEY, -- namespace:value
    profile_id bigint NOT NULL
);
CREATE INDEX identifiers_of_profile ON identifiers (profile_id) INCLUDE (identifier);

CREATE TABLE interactions (
    message_id text PRIMARY KEY,
    profile_id bigint NOT NULL,
    time timestamptz NOT NULL,
    channel text NOT NULL,
    kind text NOT NULL,
    event text NOT NULL,
    data jsonb NOT NULL
);
CREATE INDEX interactions_of_profile ON interactions (profile_id, time DESC);

CREATE SEQUENCE profile_ids CACHE 100;

-- Adds up two documents. Counters add; of traits, those of the side that was seen last win.
CREATE FUNCTION merge_profile(a jsonb, b jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT jsonb_build_object(
        'traits', CASE WHEN (b->'last_seen')::bigint >= (a->'last_seen')::bigint
            THEN (a->'traits') || (b->'traits') ELSE (b->'traits') || (a->'traits') END,
        'events', (a->'events') || coalesce((
            SELECT jsonb_object_agg(
                e.key, coalesce((a->'events'->e.key)::bigint, 0) + e.value::bigint)
            FROM jsonb_each(b->'events') e), '{}'),
        'messages', (a->'messages')::bigint + (b->'messages')::bigint,
        'first_seen', least((a->'first_seen')::bigint, (b->'first_seen')::bigint),
        'last_seen', greatest((a->'last_seen')::bigint, (b->'last_seen')::bigint))
$$;

CREATE AGGREGATE merged_profile(jsonb) (sfunc = merge_profile, stype = jsonb);
CREATE AGGREGATE merged_traits(jsonb) (sfunc = jsonb_concat, stype = jsonb, initcond = '{}');

-- Locks profiles. One that is missing was merged into another a moment ago: try again.
CREATE FUNCTION lock_profiles(wanted bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    locked int;
BEGIN
    PERFORM 1 FROM profiles WHERE profile_id = ANY (wanted) ORDER BY profile_id FOR UPDATE;
    GET DIAGNOSTICS locked = ROW_COUNT;
    IF locked <> cardinality(wanted) THEN
        RAISE SQLSTATE '40001' USING MESSAGE = 'a profile was merged meanwhile';
    END IF;
END $$;

-- Merges the profiles that groups of identifiers join, each component into its smallest id.
CREATE FUNCTION merge_profiles(groups int[], names text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    hits bigint[];
    losers bigint[];
    winners bigint[];
BEGIN
    SELECT array_agg(DISTINCT i.profile_id) INTO hits
    FROM unnest(names) n (name) JOIN identifiers i ON i.identifier = n.name;
    PERFORM lock_profiles(hits);

    WITH RECURSIVE
    pairs AS (
        SELECT DISTINCT n.g, i.profile_id AS p
        FROM unnest(groups, names) n (g, name) JOIN identifiers i ON i.identifier = n.name),
    lowest AS (SELECT p, min(p) OVER (PARTITION BY g) AS low FROM pairs),
    edges AS (
        SELECT low AS x, p AS y FROM lowest WHERE low <> p
        UNION SELECT p, low FROM lowest WHERE low <> p),
    reach AS (
        SELECT x, y FROM edges
        UNION SELECT r.x, e.y FROM reach r JOIN edges e ON e.x = r.y)
    SELECT array_agg(y), array_agg(winner) INTO losers, winners
    FROM (SELECT y, min(x) AS winner FROM reach GROUP BY y) s WHERE winner < y;
    IF losers IS NULL THEN
        RETURN;
    END IF;
    IF NOT (losers || winners) <@ hits THEN
        RAISE SQLSTATE '40001' USING MESSAGE = 'an identifier got a profile meanwhile';
    END IF;

    UPDATE identifiers i SET profile_id = u.winner
    FROM unnest(losers, winners) u (loser, winner) WHERE i.profile_id = u.loser;
    UPDATE interactions i SET profile_id = u.winner
    FROM unnest(losers, winners) u (loser, winner) WHERE i.profile_id = u.loser;
    UPDATE profiles p SET data = merge_profile(p.data, l.data)
    FROM (
        SELECT u.winner, merged_profile(p.data ORDER BY (p.data->'last_seen')::bigint) AS data
        FROM unnest(losers, winners) u (loser, winner) JOIN profiles p ON p.profile_id = u.loser
        GROUP BY u.winner) l
    WHERE p.profile_id = l.winner;
    DELETE FROM profiles WHERE profile_id = ANY (losers);
END $$;

-- One batch. The client has united the messages that share an identifier within the batch into
-- groups 1, 2, …; identifiers are distinct. Returns the number of messages that were new.
--
-- A message that comes again adds nothing to its profile. Its identifiers count once more, which
-- changes nothing, because the same message has the same identifiers.
CREATE FUNCTION resolve_and_merge(
    groups int[], names text[],
    message_groups int[], message_ids text[], times bigint[],
    channels text[], kinds text[], events text[], bodies text[]) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
    targets bigint[]; -- the profile of each group; null while it has none
    known bigint; -- identifiers that have a profile
    joins boolean; -- some group has two profiles
    hits bigint[];
    added int;
    fresh int;
BEGIN
    FOR attempt IN 1..2 LOOP
        SELECT array_agg(low ORDER BY g), sum(count), bool_or(low <> high)
        INTO targets, known, joins
        FROM (
            SELECT n.g, min(i.profile_id) AS low, max(i.profile_id) AS high, count(i.profile_id)
            FROM unnest(groups, names) n (g, name)
            LEFT JOIN identifiers i ON i.identifier = n.name
            GROUP BY n.g) s;
        EXIT WHEN joins IS NOT TRUE;
        IF attempt = 2 THEN
            RAISE SQLSTATE '40001' USING MESSAGE = 'profiles were merged meanwhile';
        END IF;
        PERFORM merge_profiles(groups, names);
    END LOOP;

    IF known > 0 THEN
        SELECT array_agg(DISTINCT t) INTO hits FROM unnest(targets) t WHERE t IS NOT NULL;
        PERFORM lock_profiles(hits);
    END IF;
    IF known < cardinality(names) THEN
        IF array_position(targets, NULL) IS NOT NULL THEN
            SELECT array_agg(coalesce(t, nextval('profile_ids')) ORDER BY place) INTO targets
            FROM unnest(targets) WITH ORDINALITY u (t, place);
        END IF;
        INSERT INTO identifiers
        SELECT name, targets[g] FROM unnest(groups, names) n (g, name) ORDER BY name
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS added = ROW_COUNT;
        IF added <> cardinality(names) - known THEN
            RAISE SQLSTATE '40001' USING MESSAGE = 'an identifier got a profile meanwhile';
        END IF;
    END IF;

    WITH inserted AS (
        INSERT INTO interactions
        SELECT m.id, targets[m.g], to_timestamp(m.time / 1000.0), m.channel, m.kind, m.event,
            m.body::jsonb
        FROM unnest(message_groups, message_ids, times, channels, kinds, events, bodies)
            m (g, id, time, channel, kind, event, body)
        ORDER BY m.id
        ON CONFLICT DO NOTHING
        RETURNING profile_id, (date_part('epoch', time) * 1000)::bigint AS time,
            CASE event WHEN '' THEN kind ELSE event END AS event, data->'traits' AS traits),
    counted AS (
        SELECT profile_id, event, count(*) AS messages, min(time) AS first, max(time) AS last,
            merged_traits(traits ORDER BY time) AS traits
        FROM inserted GROUP BY profile_id, event),
    written AS (
        INSERT INTO profiles
        SELECT profile_id, jsonb_build_object(
            'traits', merged_traits(traits ORDER BY last),
            'events', jsonb_object_agg(event, messages),
            'messages', sum(messages), 'first_seen', min(first), 'last_seen', max(last))
        FROM counted GROUP BY profile_id
        ON CONFLICT (profile_id) DO UPDATE SET data = merge_profile(profiles.data, excluded.data))
    SELECT coalesce(sum(messages), 0) INTO fresh FROM counted;

    IF fresh < cardinality(message_ids) THEN
        -- Known messages with identifiers that nobody has yet still make a profile.
        INSERT INTO profiles
        SELECT DISTINCT t, '{"traits": {}, "events": {}, "messages": 0,
            "first_seen": 9223372036854775807, "last_seen": 0}'::jsonb
        FROM unnest(targets) t ON CONFLICT DO NOTHING;
    END IF;
    RETURN fresh;
END $$;
