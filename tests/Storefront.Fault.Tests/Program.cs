using Storefront.Fault.Tests;

// Without one of our commands, this is the program of the test runner.
return args is [("play" or "kills" or "mutants") and var what, .. var rest]
    ? await Commands.RunAsync(what, rest)
    : args.Any(arg => arg is "--server" or "--internal-msbuild-node")
        ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args,
            SelfRegisteredExtensions.AddSelfRegisteredExtensions)
        : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
