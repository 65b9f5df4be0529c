using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Web.Database.Migrations;

/// <summary>Programs that call the API with a key of their own. Of the key only its hash is kept.</summary>
[DbContext(typeof(ShopDb)), Migration("20261129140000_ApiClients"), Description("adding keys for programs that call the API")]
public sealed class ApiClients : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        create table shop.api_clients (
            id uuid primary key,
            name varchar(100) not null,
            key_hash bytea not null unique,
            scopes text[] not null,
            orders_per_minute int not null,
            made_at timestamptz not null default now(),
            made_by text not null,
            last_used_at timestamptz,
            revoked_at timestamptz,
            revoked_by text)
        """);

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("drop table shop.api_clients");
}
