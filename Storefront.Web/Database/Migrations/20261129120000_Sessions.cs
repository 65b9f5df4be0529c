using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Web.Database.Migrations;

/// <summary>
/// Who is signed in, and who has tried to with a wrong password. Neither names a key or a client in plain text: whoever reads the database
/// can take over no session.
/// </summary>
[DbContext(typeof(ShopDb)), Migration("20261129120000_Sessions"), Description("keeping sessions and failed sign-ins on the server")]
public sealed class Sessions : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        create table shop.sessions (
            id bytea primary key,
            user_id text not null references shop."AspNetUsers" (id) on delete cascade,
            ticket bytea not null,
            started_at timestamptz not null default now(),
            expires_at timestamptz not null);
        create index ix_sessions_user_id on shop.sessions (user_id);
        create index ix_sessions_expires_at on shop.sessions (expires_at);
        create table shop.last_sign_ins (
            user_id text primary key references shop."AspNetUsers" (id) on delete cascade,
            at timestamptz not null);
        create table shop.failed_sign_ins (
            account bytea not null,
            client bytea not null,
            failures int not null,
            first_at timestamptz not null default now(),
            primary key (account, client));
        create index ix_failed_sign_ins_first_at on shop.failed_sign_ins (first_at);
        """);

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("drop table shop.sessions; drop table shop.last_sign_ins; drop table shop.failed_sign_ins");
}
