using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Storefront.Jobs;
using Storefront.Jobs.Alerts;
using Storefront.Jobs.Email;
using Storefront.Jobs.Hosting;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Reconciliation;

namespace Storefront.Tests.Hosting;

/// <summary>The program does not start with a job that cannot be constructed: the job would fail for hours unnoticed.</summary>
public sealed class EveryJobTests
{
    [Fact]
    public async Task A_start_without_a_service_that_a_job_needs_names_the_job_and_the_service()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        await using var nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1");
        builder.Services.AddSingleton(nowhere).AddStorefrontJobs();
        foreach (var post in builder.Services.Where(service => service.ServiceType == typeof(OrderMailer)).ToList())
            builder.Services.Remove(post);
        builder.Configuration["Shop:Name"] = "A shop";
        builder.Configuration["Shop:PublicUrl"] = "http://127.0.0.1";
        builder.Configuration["Partners:Email:From"] = "A shop <orders@shop.example>";
        foreach (var partner in new[] { "Inventory", "Email", "Analytics" })
            (builder.Configuration[$"Partners:{partner}:BaseUrl"], builder.Configuration[$"Partners:{partner}:ApiKey"]) =
                ("http://127.0.0.1:1", "key");
        using var host = builder.Build();

        var server = host.Services.GetRequiredService<JobServer>();
        var refused = await Should.ThrowAsync<UnmakeableJob>(() => server.StartAsync(TestContext.Current.CancellationToken));

        refused.Message.ShouldContain("The job SendOrderConfirmation cannot be made: ");
        refused.Message.ShouldContain("Storefront.Jobs.Email.OrderMailer");
        refused.Message.ShouldNotContain("TrackOrderPlaced");
    }

    [Fact]
    public void The_check_at_start_covers_all_kinds_of_jobs()
    {
        var types = EveryJob.Types(OrderEffects.Catalogue).ToList();
        OrderEffects.Catalogue.All.Select(effect => effect.JobType).Except(types).ShouldBeEmpty();
        new[] { typeof(ReconcileOrders), typeof(CompareInventory), typeof(FinishOrder), typeof(SendAlert), typeof(SendAccountLink) }
            .Except(types).ShouldBeEmpty();
    }
}
