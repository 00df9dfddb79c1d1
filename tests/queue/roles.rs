//! Grants: deploy/grants.sql grants the service exactly what it checks for when it starts.

use std::collections::BTreeSet;

use domain::db::{connect, missing_privileges};
use harness::{PostgresServer, Roles};
use sqlx::AssertSqlSafe;

/// Every privilege that the service was granted, besides those of PUBLIC.
const GRANTED: &str = "
    with entry as (
        select relname::text as object, relkind = 'S' as is_sequence, (aclexplode(relacl)).*
        from pg_class
        where relnamespace = 'public'::regnamespace and not (relispartition and relname ~ '^job_[0-9]')
        union all
        select format('%s (%s)', attrelid::regclass, attname), false, (aclexplode(attacl)).*
        from pg_attribute
        where attrelid::regclass::text in (select relname from pg_class where relnamespace = 'public'::regnamespace)
        union all
        select oid::regprocedure::text, false, (aclexplode(proacl)).*
        from pg_proc
        where pronamespace = 'public'::regnamespace
    )
    select object, is_sequence, privilege_type from entry where grantee = 'tintype_service'::regrole order by 1, 3
";

#[tokio::test]
async fn each_privilege_that_is_granted_to_the_service_is_missed_by_name_when_it_is_revoked() {
    let server = PostgresServer::start().await;
    let (database, roles) = Roles::create(&server).await;
    let service = connect(&roles.service, 1).await.expect("a connection as the service");
    let missing = async || {
        let missing = missing_privileges(&service).await.expect("any role may ask what it lacks");
        missing.into_iter().map(|missing| (missing.object, missing.privilege)).collect::<Vec<_>>()
    };
    assert_eq!(missing().await, []);

    let granted: Vec<(String, bool, String)> =
        sqlx::query_as(GRANTED).fetch_all(&database.db).await.expect("a list of privileges");
    assert!(granted.len() > 100, "{granted:?}");
    let tables: BTreeSet<_> = granted.iter().map(|(object, ..)| object).collect();
    assert!(tables.contains(&"result_31".to_owned()), "{tables:?}");
    for (object, is_sequence, privilege) in &granted {
        let (target, privilege_of) = match object.split_once(" (") {
            Some((table, column)) => (table, format!("{privilege} ({column}")),
            None => (object.as_str(), privilege.clone()),
        };
        let kind = match (target.contains('('), is_sequence) {
            (true, _) => "function",
            (false, true) => "sequence",
            (false, false) => "table",
        };
        let change = async |verb: &str| {
            let preposition = if verb == "grant" { "to" } else { "from" };
            let sql = format!("{verb} {privilege_of} on {kind} {target} {preposition} tintype_service");
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&database.db).await.expect("the privilege is changed");
        };
        change("revoke").await;
        assert_eq!(missing().await, [(object.clone(), privilege.clone())]);
        change("grant").await;
    }
}
