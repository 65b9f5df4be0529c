using Npgsql;

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
        var given = new NpgsqlConnectionStringBuilder(ConnectionString(builder.Configuration));
        SetUnlessGiven(given, "Timeout", 3);
        SetUnlessGiven(given, "Command Timeout", 10);
        SetUnlessGiven(given, "Keepalive", 30);
        SetUnlessGiven(given, "Cancellation Timeout", 1000);
        SetUnlessGiven(given, "Max Auto Prepare", 100);
        SetUnlessGiven(given, "Auto Prepare Min Usages", 2);
        SetUnlessGiven(given, "Application Name", "storefront");
        given.IncludeErrorDetail = false; // it would put row data into exceptions, and so into logs
        builder.Services.AddSingleton(_ => new NpgsqlDataSourceBuilder(given.ConnectionString).Build());
    }

    private static string ConnectionString(ConfigurationManager configuration)
    {
        var text = configuration[Setting];
        if (string.IsNullOrWhiteSpace(text))
            throw new SettingFault($"Setting {Setting} is missing: give the address of a Postgres database, for example \"Host=localhost;Database=storefront;Username=storefront;Password=…\".");
        try
        {
            return new NpgsqlConnectionStringBuilder(text).ConnectionString;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or KeyNotFoundException)
        {
            // Without the text itself: it may hold a password.
            throw new SettingFault($"Setting {Setting} is no connection string that Npgsql understands.", fault);
        }
    }

    private static void SetUnlessGiven(NpgsqlConnectionStringBuilder builder, string keyword, object value)
    {
        if (!builder.ContainsKey(keyword) || !builder.ShouldSerialize(keyword)) builder[keyword] = value;
    }
}
