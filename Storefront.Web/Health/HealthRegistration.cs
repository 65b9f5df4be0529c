using System.Net.Mime;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Storefront.Web.Health;

internal static class HealthRegistration
{
    public static void AddHealth(this IServiceCollection services) => services.AddSingleton<DatabaseHealth>().AddHealthChecks()
        .AddCheck<DatabaseHealth>("postgres", timeout: TimeSpan.FromSeconds(3))
        .AddCheck<JobServerHealth>("jobs", timeout: TimeSpan.FromSeconds(3))
        .AddCheck<ReconciliationHealth>("reconciliation")
        .AddCheck<PartnersHealth>("partners", HealthStatus.Degraded, timeout: TimeSpan.FromSeconds(3));

    /// <summary>
    /// <c>/health/live</c>: the process answers. <c>/health/ready</c>: it can do its work; 503 without database or job server. A partner in
    /// trouble, or reconciliation that stands still, degrades it and no more: the shop sells, and restarting it mends no partner.
    /// </summary>
    public static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync })
            .AllowAnonymous();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync }).AllowAnonymous();
    }

    private static Task WriteAsync(HttpContext http, HealthReport report)
    {
        http.Response.ContentType = MediaTypeNames.Application.Json;
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsJsonAsync(new
        {
            status = report.Status.ToString(),
            checks = report.Entries.ToDictionary(
                entry => entry.Key, entry => new { status = entry.Value.Status.ToString(), entry.Value.Description, entry.Value.Data }),
        });
    }
}
