namespace Storefront.Web.Hosting;

internal static class Settings
{
    /// <summary>
    /// A builder with the <c>appsettings.json</c> of the repository's root as its lowest source, so that environment variables and
    /// the command line win. That file and the files of the pages are found beside the program, whatever the current folder is.
    /// </summary>
    public static WebApplicationBuilder CreateBuilder(CommandLine line, CancellationToken cancel)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = line.Settings,
            ContentRootPath = IsContentRootGiven(line) ? null : AppContext.BaseDirectory,
        });
        var source = new Microsoft.Extensions.Configuration.Json.JsonConfigurationSource
        {
            Path = Path.Combine(AppContext.BaseDirectory, "appsettings.json"),
            Optional = false,
        };
        source.ResolveFileProvider();
        builder.Configuration.Sources.Insert(0, source);

        // Its own address is where shoppers reach it, until it is in Production and has to be told.
        if (!builder.Environment.IsProduction() && string.IsNullOrEmpty(builder.Configuration["Shop:PublicUrl"]))
            builder.Configuration["Shop:PublicUrl"] = OwnAddress(builder.Configuration["Urls"]!);

        // On a developer's machine the keys of cookies lie in a database of the same machine: nothing to warn of at every first start.
        if (builder.Environment.IsDevelopment())
            builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error);
        // A start that is ended with Ctrl-C is not an error.
        builder.Logging.AddFilter(
            "Microsoft.Extensions.Hosting.Internal.Host",
            level => level >= LogLevel.Warning && !cancel.IsCancellationRequested);
        return builder;
    }

    private static bool IsContentRootGiven(CommandLine line) =>
        line.Settings.Any(setting => setting.StartsWith("--contentRoot=", StringComparison.OrdinalIgnoreCase))
        || IsInEnvironment("ASPNETCORE_CONTENTROOT") || IsInEnvironment("DOTNET_CONTENTROOT");

    private static bool IsInEnvironment(string name) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name));

    private static string OwnAddress(string urls)
    {
        var first = BindingAddress.Parse(urls.Split(';')[0]);
        return $"{first.Scheme}://{(first.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : first.Host)}:{first.Port}";
    }
}
