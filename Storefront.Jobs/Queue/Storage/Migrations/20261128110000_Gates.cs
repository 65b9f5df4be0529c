using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Queue.Storage.Migrations;

/// <summary>One gate a partner, and the history of the times it was closed.</summary>
[DbContext(typeof(JobsDb)), Migration("20261128110000_Gates"), Description("making the tables of gates and incidents")]
public sealed class Gates : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        create table hangfire.storefront_gate (
            name text primary key,
            position text not null check (position in ('open', 'half-open', 'closed')),
            reason text not null,
            since timestamptz not null,
            breaks integer not null,
            probe_at timestamptz,
            prober uuid,
            probe_until timestamptz);
        create table hangfire.storefront_incident (
            id bigint generated always as identity primary key,
            partner text not null,
            cause text not null,
            began_at timestamptz not null,
            ended_at timestamptz,
            delayed bigint,
            begin_told boolean not null default false,
            end_told boolean not null default false);
        create unique index ix_storefront_incident_open on hangfire.storefront_incident (partner) where ended_at is null;
        create index ix_storefront_incident_began_at on hangfire.storefront_incident (began_at);
        """);

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("drop table hangfire.storefront_incident, hangfire.storefront_gate");
}
