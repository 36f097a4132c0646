/** A migration. It runs once per database and is never edited after a release. */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /**
   * The oldest schema version whose builds work after it: the one from which on they stopped to use what
   * it drops. Default: all builds, because it only adds.
   */
  readonly oldestBuild?: number;
}

/**
 * Rules for new migrations: pods of the previous release keep running during a rollout, so a
 * migration only adds (columns with defaults, tables, functions); unused objects are dropped a
 * release later, with `oldestBuild`.
 */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: "accounts, tasks, conversations, rate limits",
    sql: `
      -- The person in whose name the transaction runs; null when there is none.
      CREATE FUNCTION todo.current_user_id() RETURNS uuid LANGUAGE sql STABLE
        RETURN nullif(current_setting('app.user_id', true), '')::uuid;

      CREATE TABLE todo.accounts (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        email text NOT NULL UNIQUE,
        password_hash text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE todo.tasks (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_id uuid NOT NULL DEFAULT todo.current_user_id()
          REFERENCES todo.accounts ON DELETE CASCADE,
        title text NOT NULL,
        description text NOT NULL DEFAULT '',
        completed boolean NOT NULL DEFAULT false,
        priority text NOT NULL DEFAULT 'medium' CHECK (priority IN ('low', 'medium', 'high')),
        due_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX tasks_by_user ON todo.tasks (user_id, completed);

      CREATE TABLE todo.conversations (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_id uuid NOT NULL DEFAULT todo.current_user_id()
          REFERENCES todo.accounts ON DELETE CASCADE,
        title text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (id, user_id)
      );
      CREATE INDEX conversations_by_user ON todo.conversations (user_id, updated_at);

      -- The foreign key has both columns, because the check of a foreign key sees every row: a
      -- message can't be put into the conversation of somebody else.
      CREATE TABLE todo.messages (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        position bigint GENERATED ALWAYS AS IDENTITY,
        conversation_id uuid NOT NULL,
        user_id uuid NOT NULL DEFAULT todo.current_user_id(),
        role text NOT NULL CHECK (role IN ('user', 'assistant')),
        content text NOT NULL,
        -- Kept as text: what a model makes up can have escapes that jsonb refuses.
        tool_calls json NOT NULL DEFAULT '[]',
        agent text,
        state json,
        created_at timestamptz NOT NULL DEFAULT now(),
        FOREIGN KEY (conversation_id, user_id)
          REFERENCES todo.conversations (id, user_id) ON DELETE CASCADE
      );
      CREATE INDEX messages_by_conversation ON todo.messages (conversation_id, position);

      -- Theoretical arrival times of a leaky bucket, one per key. Not worth a write-ahead log.
      CREATE UNLOGGED TABLE todo.rate_limits (
        key text PRIMARY KEY,
        full_until timestamptz NOT NULL
      );

      -- Policies name no role, so that a dump restores on a server without the role.
      ALTER TABLE todo.accounts ENABLE ROW LEVEL SECURITY;
      ALTER TABLE todo.tasks ENABLE ROW LEVEL SECURITY;
      ALTER TABLE todo.conversations ENABLE ROW LEVEL SECURITY;
      ALTER TABLE todo.messages ENABLE ROW LEVEL SECURITY;
      ALTER TABLE todo.rate_limits ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own_rows ON todo.tasks USING (user_id = (SELECT todo.current_user_id()));
      CREATE POLICY own_rows ON todo.conversations USING (user_id = (SELECT todo.current_user_id()));
      CREATE POLICY own_rows ON todo.messages USING (user_id = (SELECT todo.current_user_id()));

      -- Accounts and limits have no policy: the application reaches them through these functions only.
      CREATE FUNCTION todo.create_account(new_email text, new_password_hash text) RETURNS uuid
        LANGUAGE sql SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          INSERT INTO todo.accounts (email, password_hash) VALUES (new_email, new_password_hash)
            ON CONFLICT (email) DO NOTHING
            RETURNING id;
        END;

      CREATE FUNCTION todo.find_account(wanted_email text)
        RETURNS TABLE (id uuid, password_hash text)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          SELECT accounts.id, accounts.password_hash FROM todo.accounts WHERE email = wanted_email;
        END;

      -- Takes one of "burst" places in a bucket that frees one place every "refill". Gives 0 when
      -- there was a place, else the seconds until there is one.
      CREATE FUNCTION todo.take_place(bucket text, burst int, refill interval) RETURNS double precision
        LANGUAGE sql SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          WITH taken AS (
            INSERT INTO todo.rate_limits AS bucket_state (key, full_until)
              VALUES (bucket, clock_timestamp() + refill)
              ON CONFLICT (key) DO UPDATE
                SET full_until = greatest(bucket_state.full_until, clock_timestamp()) + refill
                WHERE bucket_state.full_until <= clock_timestamp() + refill * (burst - 1)
              RETURNING 0::double precision AS wait
          )
          SELECT coalesce(
            (SELECT wait FROM taken),
            (SELECT extract(epoch FROM full_until - clock_timestamp() - refill * (burst - 1))
              FROM todo.rate_limits WHERE key = bucket),
            0
          );
        END;

      CREATE FUNCTION todo.give_place_back(bucket text, refill interval) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          UPDATE todo.rate_limits SET full_until = full_until - refill WHERE key = bucket;
        END;

      CREATE FUNCTION todo.forget_empty_buckets() RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          DELETE FROM todo.rate_limits WHERE full_until < clock_timestamp();
        END;

      CREATE FUNCTION todo.count_tasks() RETURNS TABLE (completed boolean, number bigint)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          SELECT tasks.completed, count(*) FROM todo.tasks GROUP BY tasks.completed;
        END;
    `,
  },
  {
    version: 2,
    name: "backups",
    sql: `
      -- Written by the backup job as the owner; the application only learns when the last one was.
      CREATE TABLE todo.backups (
        name text PRIMARY KEY,
        finished_at timestamptz NOT NULL DEFAULT now(),
        bytes bigint NOT NULL
      );
      ALTER TABLE todo.backups ENABLE ROW LEVEL SECURITY;

      CREATE FUNCTION todo.last_backup() RETURNS TABLE (finished_at timestamptz, bytes bigint)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          SELECT backups.finished_at, backups.bytes FROM todo.backups
            ORDER BY backups.finished_at DESC LIMIT 1;
        END;
    `,
  },
  {
    version: 3,
    name: "figures of the data volume",
    sql: `
      -- What the disk guard beside a bundled database wrote down; no row where there is none. In
      -- PL/pgSQL, so that a role that may not read files gets that far without an error.
      CREATE FUNCTION todo.data_volume() RETURNS TABLE (free_bytes bigint, size_bytes bigint)
        LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
        AS $$
          BEGIN
            IF NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
              RETURN;
            END IF;
            RETURN QUERY
              SELECT figures[1]::bigint, figures[2]::bigint
                FROM pg_catalog.regexp_match(
                  pg_catalog.pg_read_file('/var/run/postgresql/data-volume', 0, 100, true),
                  '^([0-9]+) ([0-9]+)'
                ) AS figures
                WHERE figures IS NOT NULL;
          END;
        $$;
    `,
  },
  {
    version: 4,
    name: "versions of tasks",
    sql: `
      ALTER TABLE todo.tasks ADD COLUMN version int NOT NULL DEFAULT 1;

      -- A trigger, so that changes by pods of the previous release count too.
      CREATE FUNCTION todo.count_version() RETURNS trigger LANGUAGE plpgsql SET search_path = ''
        AS $$
          BEGIN
            NEW.version := OLD.version + 1;
            RETURN NEW;
          END;
        $$;
      CREATE TRIGGER count_version BEFORE UPDATE ON todo.tasks
        FOR EACH ROW EXECUTE FUNCTION todo.count_version();
    `,
  },
  {
    version: 5,
    name: "signing keys",
    sql: `
      -- Fingerprints of the keys that sign tokens, so that all pods know how old a new one is.
      CREATE TABLE todo.signing_keys (
        fingerprint text PRIMARY KEY,
        first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      ALTER TABLE todo.signing_keys ENABLE ROW LEVEL SECURITY;

      -- Gives the seconds since a key was first seen; infinity when it is the only one. In PL/pgSQL,
      -- because a read-only database can't remember it, but can still sign people in.
      CREATE FUNCTION todo.see_signing_key(seen text) RETURNS double precision
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
        AS $$
          BEGIN
            IF pg_catalog.current_setting('transaction_read_only') = 'off' THEN
              INSERT INTO todo.signing_keys (fingerprint) VALUES (seen) ON CONFLICT DO NOTHING;
            END IF;
            IF NOT EXISTS (SELECT FROM todo.signing_keys WHERE fingerprint <> seen) THEN
              RETURN 'infinity';
            END IF;
            RETURN coalesce(
              (SELECT extract(epoch FROM clock_timestamp() - first_seen_at)
                FROM todo.signing_keys WHERE fingerprint = seen),
              0
            );
          END;
        $$;
    `,
  },
  {
    version: 6,
    name: "requests that take effect once",
    sql: `
      CREATE TABLE todo.requests (
        user_id uuid NOT NULL DEFAULT todo.current_user_id()
          REFERENCES todo.accounts ON DELETE CASCADE,
        key text NOT NULL,
        request text NOT NULL,
        -- Null while the request is running, or after it was interrupted.
        result json,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, key)
      );
      CREATE INDEX requests_by_age ON todo.requests (created_at);
      ALTER TABLE todo.requests ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own_rows ON todo.requests USING (user_id = (SELECT todo.current_user_id()));

      CREATE FUNCTION todo.forget_requests(age interval) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          DELETE FROM todo.requests WHERE created_at < now() - age;
        END;
    `,
  },
  {
    version: 7,
    name: "notifications of changes",
    sql: `
      -- Triggers, so that changes by pods of the previous release are told too.
      CREATE FUNCTION todo.tell_change() RETURNS trigger LANGUAGE plpgsql SET search_path = ''
        AS $$
          DECLARE
            changed record := coalesce(NEW, OLD);
          BEGIN
            PERFORM pg_catalog.pg_notify(
              'todo_changes',
              changed.user_id || ' ' || TG_TABLE_NAME
                || CASE TG_TABLE_NAME WHEN 'conversations' THEN ' ' || changed.id ELSE '' END
            );
            RETURN NULL;
          END;
        $$;
      CREATE TRIGGER tell_change AFTER INSERT OR UPDATE OR DELETE ON todo.tasks
        FOR EACH ROW EXECUTE FUNCTION todo.tell_change();
      CREATE TRIGGER tell_change AFTER INSERT OR UPDATE OR DELETE ON todo.conversations
        FOR EACH ROW EXECUTE FUNCTION todo.tell_change();

      -- Texts that change with a user's data, for where notifications don't arrive.
      CREATE FUNCTION todo.states_of(users uuid[])
        RETURNS TABLE (user_id uuid, tasks text, conversations text)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          SELECT wanted.id,
            (SELECT concat_ws(' ', count(*), sum(version), max(created_at), max(updated_at))
              FROM todo.tasks WHERE tasks.user_id = wanted.id),
            (SELECT concat_ws(' ', count(*), max(created_at), max(updated_at))
              FROM todo.conversations WHERE conversations.user_id = wanted.id)
          FROM unnest(users) AS wanted (id);
        END;
    `,
  },
  {
    version: 8,
    name: "sessions, and accounts that their owners manage",
    sql: `
      -- Tokens without a session, as pods of the previous release issue them, end all at once.
      ALTER TABLE todo.accounts ADD COLUMN tokens_from timestamptz;

      CREATE TABLE todo.sessions (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_id uuid NOT NULL DEFAULT todo.current_user_id()
          REFERENCES todo.accounts ON DELETE CASCADE,
        -- What the client says it is.
        client text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX sessions_by_user ON todo.sessions (user_id, last_used_at);
      ALTER TABLE todo.sessions ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own_rows ON todo.sessions USING (user_id = (SELECT todo.current_user_id()));
      CREATE TRIGGER tell_change AFTER DELETE ON todo.sessions
        FOR EACH ROW EXECUTE FUNCTION todo.tell_change();

      CREATE FUNCTION todo.is_session_alive(session uuid, issued_at double precision, idle interval)
        RETURNS boolean
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          SELECT CASE
            WHEN session IS NULL THEN NOT EXISTS (
              SELECT FROM todo.accounts
                WHERE id = todo.current_user_id() AND tokens_from > to_timestamp(issued_at)
            )
            ELSE EXISTS (
              SELECT FROM todo.sessions
                WHERE sessions.id = session AND user_id = todo.current_user_id()
                  AND last_used_at > now() - idle
            )
          END;
        END;

      CREATE FUNCTION todo.forget_sessions(idle interval) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          DELETE FROM todo.sessions WHERE last_used_at < now() - idle;
        END;

      -- Ends the tokens of the user that belong to no session.
      CREATE FUNCTION todo.end_my_old_tokens() RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
        AS $$
          DECLARE
            account uuid := todo.current_user_id();
          BEGIN
            UPDATE todo.accounts SET tokens_from = pg_catalog.clock_timestamp() WHERE id = account;
            PERFORM pg_catalog.pg_notify('todo_changes', account || ' sessions');
          END;
        $$;

      CREATE FUNCTION todo.my_account()
        RETURNS TABLE (email text, password_hash text, created_at timestamptz)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          SELECT accounts.email, accounts.password_hash, accounts.created_at
            FROM todo.accounts WHERE id = todo.current_user_id();
        END;

      -- Ends all sessions but the kept one, if any.
      CREATE FUNCTION todo.set_my_password(new_password_hash text, kept uuid) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          UPDATE todo.accounts SET password_hash = new_password_hash
            WHERE id = todo.current_user_id();
          DELETE FROM todo.sessions
            WHERE user_id = todo.current_user_id() AND id IS DISTINCT FROM kept;
          SELECT todo.end_my_old_tokens();
        END;

      CREATE FUNCTION todo.delete_my_account() RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          DELETE FROM todo.accounts WHERE id = todo.current_user_id();
        END;
    `,
  },
  {
    version: 9,
    name: "days on which tasks are due",
    sql: `
      -- Set for a day without a time; due_at is then its last minute, for pods of the previous release.
      ALTER TABLE todo.tasks ADD COLUMN due_on date;

      -- Those pods change due_at only.
      CREATE FUNCTION todo.follow_due_at() RETURNS trigger LANGUAGE plpgsql SET search_path = ''
        AS $$
          BEGIN
            IF NEW.due_at IS DISTINCT FROM OLD.due_at
              AND NEW.due_on IS NOT DISTINCT FROM OLD.due_on THEN
              NEW.due_on := NULL;
            END IF;
            RETURN NEW;
          END;
        $$;
      CREATE TRIGGER follow_due_at BEFORE UPDATE ON todo.tasks
        FOR EACH ROW EXECUTE FUNCTION todo.follow_due_at();
    `,
  },
  {
    version: 10,
    name: "resets of passwords",
    sql: `
      -- Written by an administrator's command as the owner; the application only uses them.
      CREATE TABLE todo.password_resets (
        token_hash text PRIMARY KEY,
        user_id uuid NOT NULL REFERENCES todo.accounts ON DELETE CASCADE,
        expires_at timestamptz NOT NULL
      );
      ALTER TABLE todo.password_resets ENABLE ROW LEVEL SECURITY;

      CREATE FUNCTION todo.account_of_reset(reset text) RETURNS TABLE (id uuid, email text)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          SELECT accounts.id, accounts.email
            FROM todo.password_resets JOIN todo.accounts ON accounts.id = user_id
            WHERE token_hash = reset AND expires_at > now();
        END;

      -- Sets the password, and ends all sessions and tokens. False if the reset is not valid.
      CREATE FUNCTION todo.reset_password(reset text, new_password_hash text) RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
        AS $$
          DECLARE
            account uuid;
          BEGIN
            DELETE FROM todo.password_resets WHERE token_hash = reset AND expires_at > now()
              RETURNING user_id INTO account;
            IF account IS NULL THEN
              RETURN false;
            END IF;
            DELETE FROM todo.password_resets WHERE user_id = account;
            DELETE FROM todo.sessions WHERE user_id = account;
            UPDATE todo.accounts
              SET password_hash = new_password_hash, tokens_from = pg_catalog.clock_timestamp()
              WHERE id = account;
            PERFORM pg_catalog.pg_notify('todo_changes', account || ' sessions');
            RETURN true;
          END;
        $$;
    `,
  },
  {
    version: 11,
    name: "tasks that repeat",
    sql: `
      -- The rule, the time zone in which its days are, and the task that completing this one made.
      ALTER TABLE todo.tasks ADD COLUMN repeat text, ADD COLUMN repeat_zone text, ADD COLUMN next_id uuid;
    `,
  },
  {
    version: 12,
    name: "the oldest build that works with the schema",
    sql: `
      ALTER TABLE todo.migrations ADD COLUMN oldest_build int NOT NULL DEFAULT 0;
    `,
  },
  {
    version: 13,
    name: "grants of access, by personal tokens",
    sql: `
      -- What a user lets others do on the user's behalf.
      CREATE TABLE todo.grants (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_id uuid NOT NULL DEFAULT todo.current_user_id()
          REFERENCES todo.accounts ON DELETE CASCADE,
        kind text NOT NULL,
        name text NOT NULL,
        -- All may read.
        can_write boolean NOT NULL,
        time_zone text NOT NULL,
        -- URL that all requests begin with; null for any.
        resource text,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz,
        UNIQUE (id, user_id)
      );
      CREATE INDEX grants_by_user ON todo.grants (user_id, kind);

      CREATE TABLE todo.grant_tokens (
        hash text PRIMARY KEY,
        grant_id uuid NOT NULL,
        user_id uuid NOT NULL DEFAULT todo.current_user_id(),
        kind text NOT NULL,
        expires_at timestamptz NOT NULL,
        FOREIGN KEY (grant_id, user_id) REFERENCES todo.grants (id, user_id) ON DELETE CASCADE
      );
      CREATE INDEX grant_tokens_by_grant ON todo.grant_tokens (grant_id);

      ALTER TABLE todo.grants ENABLE ROW LEVEL SECURITY;
      ALTER TABLE todo.grant_tokens ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own_rows ON todo.grants USING (user_id = (SELECT todo.current_user_id()));
      CREATE POLICY own_rows ON todo.grant_tokens USING (user_id = (SELECT todo.current_user_id()));
      CREATE TRIGGER tell_change AFTER DELETE ON todo.grants
        FOR EACH ROW EXECUTE FUNCTION todo.tell_change();

      CREATE FUNCTION todo.find_grant(token_hash text) RETURNS TABLE (
          id uuid, user_id uuid, kind text, can_write boolean, time_zone text, resource text,
          seconds_left double precision, is_stale boolean
        )
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          SELECT grants.id, grants.user_id, grants.kind, grants.can_write, grants.time_zone,
              grants.resource, extract(epoch FROM expires_at - now()),
              last_used_at IS NULL OR last_used_at < now() - interval '1 minute'
            FROM todo.grant_tokens JOIN todo.grants ON grants.id = grant_id
            WHERE hash = token_hash AND grant_tokens.kind = 'access' AND expires_at > now();
        END;

      -- Expired personal tokens are listed for a month.
      CREATE FUNCTION todo.forget_grants() RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          DELETE FROM todo.grant_tokens USING todo.grants
            WHERE grants.id = grant_id AND expires_at
              < now() - CASE grants.kind WHEN 'personal' THEN interval '30 days' ELSE '0' END;
          DELETE FROM todo.grants WHERE NOT EXISTS (
            SELECT FROM todo.grant_tokens WHERE grant_id = grants.id
          );
        END;
    `,
  },
  {
    version: 14,
    name: "apps that users connect by OAuth",
    sql: `
      -- Written by anybody who registers an app, so it has no policy.
      CREATE TABLE todo.clients (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        name text NOT NULL,
        redirect_uris text[] NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX clients_by_age ON todo.clients (created_at);
      ALTER TABLE todo.clients ENABLE ROW LEVEL SECURITY;

      ALTER TABLE todo.grants ADD COLUMN client_id uuid REFERENCES todo.clients ON DELETE CASCADE;
      CREATE INDEX grants_by_client ON todo.grants (client_id);
      -- When a code or a refresh token was used, and what a code is bound to.
      ALTER TABLE todo.grant_tokens ADD COLUMN used_at timestamptz, ADD COLUMN details json;

      -- Null if there are too many; those that nobody connected for a day make room.
      CREATE FUNCTION todo.create_client(new_name text, uris text[], most int) RETURNS uuid
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
        AS $$
          DECLARE
            created uuid;
          BEGIN
            DELETE FROM todo.clients
              WHERE created_at < pg_catalog.now() - interval '1 day'
                AND NOT EXISTS (SELECT FROM todo.grants WHERE client_id = clients.id);
            INSERT INTO todo.clients (name, redirect_uris)
              SELECT new_name, uris WHERE (SELECT count(*) < most FROM todo.clients)
              RETURNING id INTO created;
            RETURN created;
          END;
        $$;

      CREATE FUNCTION todo.find_client(wanted uuid)
        RETURNS TABLE (id uuid, name text, redirect_uris text[])
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          SELECT clients.id, clients.name, clients.redirect_uris
            FROM todo.clients WHERE clients.id = wanted;
        END;

      -- Takes a code or a refresh token. One that was used longer ago than "reuse" has been stolen,
      -- or its successor has: it ends the grant.
      CREATE FUNCTION todo.take_grant_token(token_hash text, wanted text, reuse interval)
        RETURNS TABLE (
          grant_id uuid, user_id uuid, client_id uuid, can_write boolean, resource text, details json
        )
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
        AS $$
          DECLARE
            token todo.grant_tokens;
          BEGIN
            SELECT * INTO token FROM todo.grant_tokens WHERE hash = token_hash AND kind = wanted
              FOR UPDATE;
            IF token.used_at < pg_catalog.clock_timestamp() - reuse THEN
              DELETE FROM todo.grants WHERE id = token.grant_id;
              RETURN;
            END IF;
            UPDATE todo.grant_tokens SET used_at = coalesce(used_at, pg_catalog.clock_timestamp())
              WHERE hash = token.hash;
            RETURN QUERY
              SELECT grants.id, grants.user_id, grants.client_id, grants.can_write, grants.resource,
                  token.details
                FROM todo.grants
                WHERE grants.id = token.grant_id AND token.expires_at > pg_catalog.now();
          END;
        $$;

      CREATE FUNCTION todo.revoke_grant_token(token_hash text, client uuid) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          DELETE FROM todo.grants USING todo.grant_tokens
            WHERE grant_id = grants.id AND hash = token_hash AND client_id = client;
        END;
    `,
  },
  {
    version: 15,
    name: "proofs of backups",
    sql: `
      -- Written by the drill as the owner, once it has restored a backup and compared it.
      CREATE TABLE todo.proofs (
        name text PRIMARY KEY,
        proven_at timestamptz NOT NULL DEFAULT now()
      );
      ALTER TABLE todo.proofs ENABLE ROW LEVEL SECURITY;

      CREATE FUNCTION todo.last_proof() RETURNS TABLE (proven_at timestamptz)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          SELECT proofs.proven_at FROM todo.proofs
            ORDER BY proofs.proven_at DESC LIMIT 1;
        END;
    `,
  },
  {
    version: 16,
    name: "calendar feeds",
    sql: `
      -- With a text that changes with the user's tasks.
      CREATE FUNCTION todo.find_calendar(token_hash text) RETURNS TABLE (
          id uuid, user_id uuid, time_zone text, is_stale boolean, state text
        )
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
        BEGIN ATOMIC
          SELECT grants.id, grants.user_id, grants.time_zone,
              last_used_at IS NULL OR last_used_at < now() - interval '1 minute',
              (SELECT concat_ws(' ', count(*), sum(version), max(tasks.created_at), max(updated_at))
                FROM todo.tasks WHERE tasks.user_id = grants.user_id)
            FROM todo.grant_tokens JOIN todo.grants ON grants.id = grant_id
            WHERE hash = token_hash AND grant_tokens.kind = 'calendar';
        END;
    `,
  },
];
