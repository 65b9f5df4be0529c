using System.Globalization;
using Hangfire;
using Hangfire.AspNetCore;
using Hangfire.Common;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Newtonsoft.Json;
using Npgsql;
using Storefront.Jobs.Alerts;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;
using Storefront.Jobs.Queue.Storage;
using Storefront.Jobs.Reconciliation;
using Storefront.Jobs.Retention;
using Storefront.Jobs.Settings;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Hosting;

public static class JobsRegistration
{
    /// <summary>
    /// Everything the shopper does not wait for, and the store of orders that hands it over. Needs an <see cref="NpgsqlDataSource"/>.
    /// </summary>
    public static IServiceCollection AddStorefrontJobs(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddChecked<JobsOptions>("Jobs");
        services.AddChecked<RetentionOptions>("Retention");
        services.AddSingleton(Effects);
        services.AddSingleton<PartnerHealth>().AddSingleton<PartnerCalls>().AddSingleton<Circuits>();
        services.AddBackOffice();
        services.AddGates();
        services.AddAlerts();
        foreach (var partner in OrderEffects.Catalogue.Partners) partner.Register(services);
        services.AddSingleton<IReservations>(provider => provider.GetRequiredService<Inventory.Inventory>());
        services.AddSingleton<OrderStore>().AddSingleton<OrdersOfAddress>().AddSingleton<Ledger>().AddSingleton<DeliveryExecutor>()
            .AddSingleton<DeadDeliveries>()
            .AddSingleton<LostJobs>().AddSingleton<OpenOrders>().AddSingleton<PendingDeliveries>().AddSingleton<UnprovenDeliveries>()
            .AddSingleton<RepairWriter>().AddSingleton<IncidentAlerts>().AddSingleton<HoldAlerts>().AddSingleton<Findings>()
            .AddSingleton<HeldStock>()
            .AddSingleton<BrokenJobs>();
        // Hangfire would take the activator from a static, and with it the services of whichever host set it last.
        services.AddSingleton<JobActivator>(provider => new AspNetCoreJobActivator(provider.GetRequiredService<IServiceScopeFactory>()));
        services.AddJobStorage().AddHangfire((provider, hangfire) => hangfire
            .UseLogProvider(new HangfireLog(provider.GetRequiredService<ILoggerFactory>()))
            .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
            .UseSimpleAssemblyNameTypeSerializer()
            .UseSerializerSettings(new() { TypeNameHandling = TypeNameHandling.None, MaxDepth = 16 })
            .UseDefaultCulture(CultureInfo.InvariantCulture, captureDefault: false));
        services.AddSingleton<IJobFilterProvider>(Filters);
        services.AddSingleton<JobServer>().AddHostedService(provider => provider.GetRequiredService<JobServer>());
        services.AddSingleton<ReconciliationWatch>().AddHostedService(provider => provider.GetRequiredService<ReconciliationWatch>());
        return services;
    }

    // Known from the settings alone: these are checked later, all at once.
    private static EffectCatalogue Effects(IServiceProvider services)
    {
        var settings = services.GetRequiredService<IConfiguration>();
        var missing = OrderEffects.Catalogue.Partners
            .Where(partner => partner.IsOptional && string.IsNullOrWhiteSpace(settings[$"{partner.Section}:BaseUrl"])).ToList();
        foreach (var partner in missing)
            services.GetRequiredService<ILogger<EffectCatalogue>>().DoesWithout(partner.Name, partner.Section);
        return OrderEffects.Catalogue.Without(missing);
    }

    private static void AddGates(this IServiceCollection services)
    {
        services.AddSingleton(provider =>
        {
            var effects = provider.GetRequiredService<EffectCatalogue>();
            // A process without workers speaks of those that have some.
            var own = provider.GetRequiredService<IOptions<JobsOptions>>().Value.Workers;
            return QueueGroups.Of(
                effects, own > 0 ? own : JobsOptions.UsualWorkers,
                effects.Present.ToDictionary(
                    partner => partner.Name, partner => provider.GetRequiredKeyedService<PartnerOptions>(partner.Name)));
        });
        services.AddSingleton(provider => new PartnerGates(
            provider.GetRequiredService<IReadOnlyList<QueueGroup>>(), provider.GetRequiredService<Switches>().HoldsQueue,
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PartnerGates>>(),
            takesJobs: provider.GetRequiredService<IOptions<JobsOptions>>().Value.Workers > 0));
        services.AddSingleton<IAdmission>(provider => provider.GetRequiredService<PartnerGates>());
        services.AddHostedService(provider => provider.GetRequiredService<PartnerGates>());
    }

    // Hangfire's own, without its ten quick retries: RetryFilter sorts what a job threw.
    private static JobFilterCollection Filters(IServiceProvider services) =>
        new()
        {
            ActivatorUtilities.CreateInstance<JobTelemetry>(services),
            new StatisticsHistoryAttribute(),
            new ContinuationsSupportAttribute(),
            new RetryFilter(services.GetRequiredService<BrokenJobs>().Note),
            ActivatorUtilities.CreateInstance<KnownJobs>(services),
            ActivatorUtilities.CreateInstance<FormerQueue>(services),
            ActivatorUtilities.CreateInstance<PauseFilter>(services),
        };

    /// <summary>Refuses a database behind a pooler that gives each transaction another session: jobs cannot be run there.</summary>
    public static async Task CheckDatabaseAsync(NpgsqlDataSource host, CancellationToken cancel)
    {
        if (await SessionCheck.IsKeptAsync(host, cancel)) return;
        throw new OptionsValidationException("ConnectionStrings", typeof(JobsOptions),
        [
            "Setting ConnectionStrings:Storefront leads through a pooler in transaction mode, where prepared statements get lost: "
            + "give the address of Postgres itself, or of a pooler in session mode (PgBouncer: pool_mode = session).",
        ]);
    }

    /// <summary>Brings the schemas <c>orders</c> and <c>hangfire</c> up to date. Needs a role that may change them.</summary>
    public static async Task MigrateJobsAsync(SchemaUpdate update, CancellationToken cancel)
    {
        await using var db = new OrdersDb();
        await update.MigrateAsync(db, OrdersDb.Schema, cancel);
        await JobSchema.InstallAsync(update, cancel);
    }
}
