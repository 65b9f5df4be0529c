using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Hosting;
using Storefront.Web.Database;

namespace Storefront.Web.Hosting;

internal static class DatabaseRegistration
{
    public const string Setting = "ConnectionStrings:Storefront";

    /// <summary>
    /// The one data source of the process: orders, jobs and ledger share it, so that they can share a transaction.
    /// Waits are bounded, and a peer that is gone is noticed.
    /// </summary>
    public static void AddDatabase(this WebApplicationBuilder builder)
    {
        builder.Services.AddChecked<DatabaseOptions>("ConnectionStrings");
        builder.Services.AddOptions<RoleOptions>().BindConfiguration("Database");
        builder.Services.AddSingleton<Grants>();
        builder.Services.AddSingleton(services => NpgsqlDataSource.Create(Bounded(services.GetRequiredService<IOptions<DatabaseOptions>>().Value.Storefront)));
    }

    private static NpgsqlConnectionStringBuilder Bounded(string connectionString)
    {
        var given = new NpgsqlConnectionStringBuilder(connectionString);
        SetUnlessGiven(given, "Timeout", 3);
        SetUnlessGiven(given, "Command Timeout", 10);
        SetUnlessGiven(given, "Keepalive", 30);
        SetUnlessGiven(given, "Cancellation Timeout", 1000);
        SetUnlessGiven(given, "Max Auto Prepare", 100);
        SetUnlessGiven(given, "Auto Prepare Min Usages", 2);
        SetUnlessGiven(given, "Application Name", "storefront");
        SetUnlessGiven(given, "No Reset On Close", true); // whoever changes a session ends it: Sessions
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
            yield return new("is missing: give the address of a Postgres database, for example \"Host=localhost;Database=storefront;Username=storefront;Password=…\".", [nameof(Storefront)]);
        else if (!IsUnderstood())
            yield return new("is no connection string that Npgsql understands.", [nameof(Storefront)]); // without the text itself: it may hold a password
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
