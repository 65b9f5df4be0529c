using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Settings;
using Storefront.Web.Database;

namespace Storefront.Web.Hosting;

internal static class DatabaseRegistration
{
    public const string Setting = "ConnectionStrings:Storefront";

    // Variables of the shell that are meant for psql and its like: they change what a session does, or which server is used.
    // The user (PGUSER, PGPASSWORD, PGPASSFILE) and the certificates (PGSSLCERT, PGSSLKEY, PGSSLROOTCERT) may come from the shell:
    // they do not change what a query means, and a container gets its secrets there.
    private static readonly string[] NotFromTheShell = ["PGOPTIONS", "PGCLIENTENCODING", "PGTZ", "PGTARGETSESSIONATTRS"];

    /// <summary>
    /// The one data source of the process: orders, jobs and ledger share it, so that they can share a transaction.
    /// Waits are bounded, and a peer that is gone is noticed.
    /// </summary>
    public static void AddDatabase(this WebApplicationBuilder builder)
    {
        // Npgsql would read them at each connect.
        foreach (var variable in NotFromTheShell) Environment.SetEnvironmentVariable(variable, null);
        builder.Services.AddChecked<DatabaseOptions>("ConnectionStrings");
        builder.Services.AddOptions<RoleOptions>().BindConfiguration("Database");
        builder.Services.AddSingleton<Grants>().AddSingleton<SchemaState>();
        builder.Services.AddSingleton(services => Open(services.GetRequiredService<IOptions<DatabaseOptions>>().Value.Storefront));
    }

    /// <summary>Of several hosts, the one that takes writes is used, whichever that is at the moment.</summary>
    public static NpgsqlDataSource Open(string connectionString)
    {
        var settings = Bounded(connectionString);
        if (settings.Host?.Contains(',', StringComparison.Ordinal) != true)
            return new NpgsqlDataSourceBuilder(settings.ConnectionString).EndWithTheirHolders().Build();
        var writes = settings.TargetSessionAttributes == "read-write" ? TargetSessionAttributes.ReadWrite : TargetSessionAttributes.Primary;
        settings.Remove("Target Session Attributes"); // Npgsql takes it from the data source instead
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).EndWithTheirHolders().BuildMultiHost().WithTargetSession(writes);
    }

    /// <summary>The hosts of the connection string, each as if it were the only one.</summary>
    public static IReadOnlyList<NpgsqlDataSource> OpenEachHost(string connectionString)
    {
        var given = new NpgsqlConnectionStringBuilder(connectionString);
        if (given.Host?.Split(',', StringSplitOptions.TrimEntries) is not { Length: > 1 } hosts) return [Open(connectionString)];
        given.Remove("Target Session Attributes"); // a standby is a host too
        return [.. hosts.Select(host => Open(new NpgsqlConnectionStringBuilder(given.ConnectionString) { Host = host }.ConnectionString))];
    }

    /// <summary>The connection string with defaults for what it leaves open.</summary>
    public static NpgsqlConnectionStringBuilder Bounded(string connectionString)
    {
        var given = new NpgsqlConnectionStringBuilder(connectionString);
        SetUnlessGiven(given, "Timeout", 10); // also the longest wait for a free connection: in a rush, requests wait and do not fail
        SetUnlessGiven(given, "Command Timeout", 10);
        SetUnlessGiven(given, "Maximum Pool Size", 30); // three nodes stay below the 97 connections that Postgres allows by default
        SetUnlessGiven(given, "Host Recheck Seconds", 1); // a promoted standby is noticed within this time
        SetUnlessGiven(given, "Keepalive", 30);
        SetUnlessGiven(given, "Tcp Keepalive", true); // also while a command without a timeout waits: a server that vanished is noticed
        SetUnlessGiven(given, "Tcp Keepalive Time", 10);
        SetUnlessGiven(given, "Tcp Keepalive Interval", 5);
        SetUnlessGiven(given, "Cancellation Timeout", 1000);
        SetUnlessGiven(given, "Max Auto Prepare", 100);
        SetUnlessGiven(given, "Auto Prepare Min Usages", 2);
        SetUnlessGiven(given, "Application Name", "storefront");
        SetUnlessGiven(given, "No Reset On Close", true); // whoever changes a session ends it: Sessions
        given.ClientEncoding = "UTF8";
        given.Timezone = "UTC";
        given.IncludeErrorDetail = false; // it would put row data into exceptions, and so into logs
        return given;
    }

    private static void SetUnlessGiven(NpgsqlConnectionStringBuilder builder, string keyword, object value)
    {
        if (!builder.ContainsKey(keyword) || !builder.ShouldSerialize(keyword)) builder[keyword] = value;
    }
}

internal sealed class DatabaseOptions : IValidatableObject
{
    /// <summary>The address of the Postgres database, in Npgsql's keywords.</summary>
    public string Storefront { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (string.IsNullOrWhiteSpace(Storefront))
            yield return new(
                "is missing: give the address of a Postgres database, for example "
                    + "\"Host=localhost;Database=storefront;Username=storefront;Password=…\".", [nameof(Storefront)]);
        else if (!IsUnderstood())
            // Without the text itself: it may hold a password.
            yield return new("is no connection string that Npgsql understands.", [nameof(Storefront)]);
    }

    private bool IsUnderstood()
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(Storefront) is not null;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or KeyNotFoundException)
        {
            return false;
        }
    }
}
